/** How many bytes the server will count. */
export const utf8Bytes = (text: string): number => new TextEncoder().encode(text).length;

/** A few emoji and nothing else: shown large. Digits, # and * are emoji to Unicode, not to us. */
export const isEmojiOnly = (text: string): boolean =>
  text.length < 24 && /^(?=\s*\p{Emoji})((?![\d#*])[\p{Emoji}\p{Emoji_Component}\s])+$/u.test(text);
