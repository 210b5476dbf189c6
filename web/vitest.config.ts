import { defineConfig } from 'vitest/config';
import { alias, oxc, tokens } from './vite.shared.mjs';

// core/ runs without a DOM on purpose: a stray `document` fails its tests.
export default defineConfig({
  oxc,
  resolve: { alias },
  plugins: [tokens()],
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'no-dom',
          environment: 'node',
          include: ['{core,protocol,tests}/**/*.test.{ts,tsx}'],
        },
      },
      {
        extends: true,
        test: {
          name: 'dom',
          environment: 'happy-dom',
          include: ['{ui,call,widget,console,docs}/**/*.test.{ts,tsx}'],
        },
      },
    ],
  },
});
