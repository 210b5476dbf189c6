import type { Dict } from './en';

const zhCN: Dict = {
  title: '在线客服',
  empty: '有什么可以帮您？',
  write: '输入消息…',
  send: '发送',
  attach: '添加文件',
  camera: '拍照',
  emoji: '表情',
  sound: '新消息提示音',
  save: '保存聊天记录',
  close: '关闭',
  messages: '消息',
  earlier: '更早的消息',
  unread: '新消息',
  pill: '{count} 条新消息',
  you: '您',
  sending: '发送中',
  sent: '已发送',
  delivered: '已送达',
  read: '已读',
  typing: '{name} 正在输入',
  agent: '客服',
  connecting: '正在重新连接…',
  offline: '当前离线。消息会先保存，稍后发送。',
  resolved: '对话已结束。发送消息即可继续。',
  reopened: '对话已继续。',
  nearLimit: '消息快要超出长度限制了。',
  overLimit: '消息太长了，请分几条发送。',
  'outbox.full': '待发送的消息太多，请等待部分发送完成。',
};

export default zhCN;
