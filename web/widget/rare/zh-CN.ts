import type { RareDict } from './en';

const zhCN: RareDict = {
  retry: '重试',
  delete: '删除',
  remove: '移除 {name}',
  drop: '松开即可添加文件',
  tooMany: '一条消息最多可添加 {max} 个文件。',
  tooLarge: '{name} 太大了：最大 {size}。',
  missing: '暂时无法使用在线客服',
  missingHelp: '链接可能已失效，或该渠道已关闭。请通过其他方式联系我们。',
  error: '发送失败，请重试。',
  'attachment.too_large': '发送失败：文件太大。',
  'attachment.unsupported_image': '发送失败：无法识别该图片格式。',
  'request.too_large': '发送失败：内容太大。',
  'input.invalid': '发送失败：消息为空、太长，或文件已过期。',
  'outbox.expired': '一周内未能发送。还要发送吗？',
  loadFailed: '加载失败，点按重试。',
  call_started: '通话开始',
  call_ended: '通话结束',
  call_missed: '未接通话',
  call_declined: '通话被拒绝',
};

export default zhCN;
