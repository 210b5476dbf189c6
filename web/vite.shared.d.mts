import type { Plugin } from 'vite';

export const webRoot: string;
export const oxc: { jsx: { runtime: 'automatic'; importSource: string } };
export const alias: Record<string, string>;
export function tokens(): Plugin;
