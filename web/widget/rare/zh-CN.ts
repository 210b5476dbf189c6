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
  question: '您对我们的服务满意吗？',
  stars: '{count} 星（满分 5 星）',
  solved: '您的问题解决了吗？',
  yes: '已解决',
  no: '未解决',
  comment: '我们还可以怎样改进？（选填）',
  rate: '提交',
  thanks: '感谢您的评价！',
  change: '修改评价',
  rateFailed: '提交失败，请重试。',
  rateClosed: '评价已无法修改。',
  loadFailed: '加载失败，点按重试。',
};

export default zhCN;
