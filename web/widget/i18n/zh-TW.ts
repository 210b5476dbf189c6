import type { Dict } from './en';

const zhTW: Dict = {
  title: '線上客服',
  empty: '有什麼可以幫您？',
  write: '輸入訊息…',
  send: '傳送',
  attach: '加入檔案',
  camera: '拍照',
  emoji: '表情符號',
  sound: '新訊息提示音',
  save: '儲存聊天記錄',
  close: '關閉',
  messages: '訊息',
  earlier: '更早的訊息',
  unread: '新訊息',
  pill: '{count} 則新訊息',
  you: '您',
  sending: '傳送中',
  sent: '已傳送',
  delivered: '已送達',
  read: '已讀',
  typing: '{name} 正在輸入',
  agent: '客服',
  connecting: '正在重新連線…',
  offline: '目前離線。訊息會先儲存，稍後傳送。',
  resolved: '對話已結束。傳送訊息即可繼續。',
  reopened: '對話已繼續。',
  nearLimit: '訊息快要超出長度限制了。',
  overLimit: '訊息太長了，請分成幾則傳送。',
  'outbox.full': '待傳送的訊息太多，請等待部分傳送完成。',
};

export default zhTW;
