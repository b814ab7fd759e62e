import type { Desk, DeskEvent } from '@tocsin/contracts';

/** One desk event as bytes of the stream, made once for all readers. */
export type Frame = { id: number; site: string; text: string };

/** Frames after an id, or `undefined` when the desk can no longer tell what came after it. */
export type Frames = {
  after(id: number, limit: number): Frame[] | undefined;
  /** Takes a new event from the desk. */
  take(event: DeskEvent): void;
  lastId(): number;
};

/** Readers that keep up find their frames in memory; the rest is fetched from the desk. */
const keptMax = 2_048;

/** Serialises desk events once and keeps the newest; older ones come from the desk again. */
export function createFrames(desk: Desk): Frames {
  let kept: Frame[] = [];
  /** Everything after this id, up to `last`, is in `kept`. */
  let floor = desk.lastEventId();
  let last = floor;
  return {
    take(event) {
      kept.push(frameOf(event));
      last = event.id;
      if (kept.length < keptMax * 2) return;
      floor = kept[keptMax - 1]!.id;
      kept = kept.slice(keptMax);
    },
    after(id, limit) {
      if (id < desk.firstEventId() - 1 || id > last) return undefined;
      if (id < floor) return desk.eventsAfter(id, limit).map(frameOf);
      const start = firstAfter(kept, id);
      return kept.slice(start, start + limit);
    },
    lastId: () => last,
  };
}

function frameOf(event: DeskEvent): Frame {
  return {
    id: event.id,
    site: siteOf(event),
    text: `event: ${event.kind}\nid: ${event.id}\ndata: ${JSON.stringify(event)}\n\n`,
  };
}

function siteOf(event: DeskEvent): string {
  if (event.kind === 'alert') return event.alert.site;
  return event.kind === 'site' ? event.site.site : event.actuator.site;
}

function firstAfter(frames: readonly Frame[], id: number): number {
  let low = 0;
  let high = frames.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (frames[middle]!.id <= id) low = middle + 1;
    else high = middle;
  }
  return low;
}
