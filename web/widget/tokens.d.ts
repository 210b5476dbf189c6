// Values of ui/tokens.css as the build inserts them (vite.shared.mjs), for code without its sheet.
declare module 'virtual:tokens' {
  export const accentLight: string;
  export const onAccentLight: string;
  export const onAccentDark: string;
  export const surface2Light: string;
  export const surface2Dark: string;
  export const textLight: string;
  export const textDark: string;
}

declare module 'virtual:tokens/look' {
  export * from 'virtual:tokens';
}
