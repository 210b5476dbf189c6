// Files on their way up. XMLHttpRequest, because fetch does not tell how far it is.
import { type Api, ApiError, problemToError } from '../../core/api';
import type { OutFile } from '../../core/outbox';
import type { Attachment } from '../../protocol/types';

export function uploader(api: Api) {
  return (file: OutFile, onProgress: (fraction: number) => void): Promise<Attachment> =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open('POST', api.url('/attachments'));
      request.responseType = 'json';
      for (const [name, value] of Object.entries(api.headers())) {
        request.setRequestHeader(name, value);
      }
      request.setRequestHeader('Content-Type', file.type || 'application/octet-stream');
      request.setRequestHeader('X-Parlor-Filename', encodeURIComponent(file.name));
      request.upload.onprogress = (event) => {
        if (event.lengthComputable) onProgress(event.loaded / event.total);
      };
      request.onload = () => {
        if (request.status === 201) resolve(request.response as Attachment);
        else {
          const retry = request.getResponseHeader('Retry-After');
          reject(problemToError(request.status, request.response, retry));
        }
      };
      request.onerror = () => reject(new ApiError('network'));
      request.send(file.blob);
    });
}
