// Which pictures a call has and which of them is the large one. Pure.
import type { CallSlot } from '../protocol/calls';
import { screenSlot } from './peer';

export interface Picture {
  /** As strokes name it: `leg_7/camera`. */
  readonly key: string;
  readonly leg: string;
  readonly name: string | null;
  readonly own: boolean;
  readonly screen: boolean;
  /** There is something to see. Otherwise a name stands in its place. */
  readonly shown: boolean;
  readonly muted: boolean;
  /** Of others: where their tracks arrive. */
  readonly slot?: number;
}

export interface Own {
  readonly leg: string | undefined;
  readonly camera: boolean;
  readonly screen: boolean;
  readonly muted: boolean;
  /** Gives nothing into the call. */
  readonly listens: boolean;
}

export function pictures(
  slots: readonly CallSlot[],
  muted: (leg: string) => boolean,
  own: Own,
): Picture[] {
  const found: Picture[] = slots.map((held) => {
    const screen = held.slot === screenSlot;
    return {
      key: `${held.leg}/${screen ? 'screen' : 'camera'}`,
      leg: held.leg,
      name: held.name,
      own: false,
      screen,
      shown: screen ? held.screen : held.camera,
      muted: !screen && muted(held.leg),
      slot: held.slot,
    };
  });
  const seen = found.filter((picture) => !picture.screen || picture.shown);
  if (own.listens) return seen;
  const leg = own.leg ?? 'own';
  const mine = { leg, name: null, own: true } as const;
  if (own.screen) {
    seen.push({ ...mine, key: `${leg}/screen`, screen: true, shown: true, muted: false });
  }
  seen.push({
    ...mine,
    key: `${leg}/camera`,
    screen: false,
    shown: own.camera,
    muted: own.muted,
  });
  return seen;
}

/** What was picked by hand goes before what is drawn on, a screen before a face, others before us. */
export function large(
  all: readonly Picture[],
  picked: string | undefined,
  drawnOn: (key: string) => boolean,
): Picture | undefined {
  return (
    all.find(({ key }) => key === picked) ??
    all.find(({ key, shown }) => shown && drawnOn(key)) ??
    all.find(({ screen, own }) => screen && !own) ??
    all.find(({ own, shown }) => !own && shown) ??
    all.find(({ own }) => !own) ??
    all.find(({ screen }) => !screen)
  );
}

/** The rectangle that a picture of this shape fills in a box, with bars beside it. */
export function fitInto(
  box: { readonly width: number; readonly height: number },
  picture: { readonly width: number; readonly height: number },
): { left: number; top: number; width: number; height: number } {
  const scale = Math.min(box.width / (picture.width || 1), box.height / (picture.height || 1));
  const width = picture.width * scale;
  const height = picture.height * scale;
  return { left: (box.width - width) / 2, top: (box.height - height) / 2, width, height };
}
