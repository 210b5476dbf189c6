// What every Vite run here (four builds and the tests) has in common.
import { fileURLToPath } from 'node:url';

export const webRoot = fileURLToPath(new URL('.', import.meta.url));

export const oxc = { jsx: { runtime: 'automatic', importSource: 'preact' } };

// Headless component libraries ask for React; they get Preact.
export const alias = {
  'react-dom/client': 'preact/compat/client',
  'react-dom': 'preact/compat',
  'react/jsx-runtime': 'preact/jsx-runtime',
  react: 'preact/compat',
};
