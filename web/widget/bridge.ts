// What the host page and the chat's frame say to each other. The loader hands the frame one end of
// a MessageChannel, addressed to our origin only; everything else goes through that.

export interface Identity {
  name?: string;
  email?: string;
  phone?: string;
  attributes?: Record<string, string>;
}

/** What the page may know of a message: not its text. */
export interface MessageNotice {
  from: 'agent' | 'customer';
  name: string | null;
  at: number;
}

/** Of the channel's settings. */
export interface Look {
  colour: string;
  position: string;
  launcher_label: string;
}

export type ToFrame =
  | ['open', boolean]
  | ['page', url: string, title: string, referrer: string]
  | ['identify', Identity];

export type ToHost =
  | ['ready', Look]
  | ['close']
  /** It rings. */
  | ['open']
  | ['unread', number]
  | ['message', MessageNotice];
