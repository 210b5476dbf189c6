// One path each, on a 24 × 24 grid.
export const attach =
  'm20 11-8.6 8.6a5.5 5.5 0 0 1-7.8-7.8l9-9a3.7 3.7 0 0 1 5.2 5.2l-9 9a1.8 1.8 0 0 1-2.6-2.6L14 6.6';
export const camera = 'M3 8h4l2-3h6l2 3h4v11H3ZM12 10v6M9 13h6';
export const emoji =
  'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M8.5 14a4 4 0 0 0 7 0M9 9.5h.01M15 9.5h.01';
export const send = 'M12 19V5M5.5 11.5 12 5l6.5 6.5';
export const close = 'm6 6 12 12M18 6 6 18';
export const bell = 'M6 17V11a6 6 0 0 1 12 0v6l1.5 1h-15ZM10 21h4';
export const save = 'M12 4v11m-5-5 5 5 5-5M5 20h14';
export const down = 'm6 9 6 6 6-6';
export const clock = 'M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16M12 8v4l2.5 2';
export const tick = 'm5 13 4 4L19 7';
export const ticks = 'm2 13 4 4L15 7M11 15l2 2L22 7';
