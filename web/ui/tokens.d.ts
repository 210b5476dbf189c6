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

declare module 'virtual:tokens/call' {
  export const sceneLight: string;
  export const penRedLight: string;
  export const penYellowLight: string;
  export const penGreenLight: string;
  export const penBlueLight: string;
  export const penWhiteLight: string;
}
