// One path each, on a 24 × 24 grid.
export const phone =
  'M22 16.9v3a2 2 0 0 1-2.2 2 19.8 19.8 0 0 1-8.6-3.1 19.5 19.5 0 0 1-6-6A19.8 19.8 0 0 1 2.1 4.2 2 2 0 0 1 4.1 2h3a2 2 0 0 1 2 1.7c.1 1 .4 1.9.7 2.8a2 2 0 0 1-.5 2.1L8.1 9.9a16 16 0 0 0 6 6l1.3-1.3a2 2 0 0 1 2.1-.4c.9.3 1.8.5 2.8.7a2 2 0 0 1 1.7 2z';
export const video =
  'M4 6h10a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V8a2 2 0 0 1 2-2M16 10.5 22 7v10l-6-3.5';
export const videoOff =
  'M2 2l20 20M9 6h5a2 2 0 0 1 2 2v5M16 16a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V8c0-.6.2-1 .6-1.4M16 10.5 22 7v10';
export const mic =
  'M12 2a3 3 0 0 1 3 3v7a3 3 0 0 1-6 0V5a3 3 0 0 1 3-3M19 11v1a7 7 0 0 1-14 0v-1M12 19v3';
export const micOff =
  'M2 2l20 20M9 9v3a3 3 0 0 0 4.6 2.5M15 11V5a3 3 0 0 0-5.8-1M19 11v1c0 .7-.1 1.4-.3 2M16.4 17.4A7 7 0 0 1 5 12v-1M12 19v3';
export const screen =
  'M4 4h16a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2M8 21h8M12 14V7M9 10l3-3 3 3';
export const flip =
  'M20 7h-4l-2-3h-4L8 7H4v12h16zM9.5 13.5a2.5 2.5 0 0 1 4.5-1.5M14.5 12.5a2.5 2.5 0 0 1-4.5 1.5';
export const gear = 'M4 21v-7M4 10V3M12 21v-9M12 8V3M20 21v-5M20 12V3M1 14h6M9 8h6M17 16h6';
export const pen = 'M12 20h9M16.5 3.5a2.1 2.1 0 0 1 3 3L7 19l-4 1 1-4z';
export const arrow = 'M6 18 18 6M9 6h9v9';
export const box = 'M4 5h16v14H4z';
export const pointer = 'm4 3 7 17 2.5-7.5L21 10z';
export const letters = 'M5 6V4h14v2M12 4v16M9 20h6';
export const undo = 'M9 14 4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3';
export const trash =
  'M3 6h18M19 6l-1 14a2 2 0 0 1-2 2H8a2 2 0 0 1-2-2L5 6M8 6V4a2 2 0 0 1 2-2h4a2 2 0 0 1 2 2v2';
export const freeze =
  'M12 2v20M4.2 7l15.6 10M19.8 7 4.2 17M9.5 3.5 12 6l2.5-2.5M9.5 20.5 12 18l2.5 2.5';
export const shot = 'M3 8h4l2-3h6l2 3h4v11H3ZM12 16.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7';
export const pip = 'M3 5h18v14H3zM12 12h6v4h-6z';
export const full = 'M8 3H3v5M16 3h5v5M8 21H3v-5M16 21h5v-5';
export const down = 'm6 9 6 6 6-6';
export const up = 'm6 15 6-6 6 6';
export const close = 'm6 6 12 12M18 6 6 18';
export const record = 'M12 17a5 5 0 1 0 0-10 5 5 0 0 0 0 10';
export const pause = 'M8 5v14M16 5v14';
export const people =
  'M16 21v-2a4 4 0 0 0-4-4H6a4 4 0 0 0-4 4v2M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8M19 8v6M22 11h-6';
export const signal = 'M4 20v-3M10 20v-8M16 20V7M22 20V3';
export const transfer = 'M4 8h13M13 4l4 4-4 4M20 16H7M11 12l-4 4 4 4';
export const ear =
  'M6 8.5a6.5 6.5 0 1 1 13 0c0 6-6 6-6 10a3.5 3.5 0 0 1-7 0M15 8.5a2.5 2.5 0 0 0-5 0v1a2 2 0 1 1 0 4';
