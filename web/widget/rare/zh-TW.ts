import type { RareDict } from './en';

const zhTW: RareDict = {
  retry: '重試',
  delete: '刪除',
  remove: '移除 {name}',
  drop: '放開即可加入檔案',
  tooMany: '一則訊息最多可加入 {max} 個檔案。',
  tooLarge: '{name} 太大了：最大 {size}。',
  missing: '暫時無法使用線上客服',
  missingHelp: '連結可能已失效，或此管道已關閉。請透過其他方式與我們聯絡。',
  error: '傳送失敗，請重試。',
  'attachment.too_large': '傳送失敗：檔案太大。',
  'attachment.unsupported_image': '傳送失敗：無法辨識此圖片格式。',
  'request.too_large': '傳送失敗：內容太大。',
  'input.invalid': '傳送失敗：訊息為空、太長，或檔案已過期。',
  'outbox.expired': '一週內未能傳送。還要傳送嗎？',
  loadFailed: '載入失敗，點按重試。',
  call_started: '通話開始',
  call_ended: '通話結束',
  call_missed: '未接通話',
  call_declined: '通話被拒絕',
};

export default zhTW;
