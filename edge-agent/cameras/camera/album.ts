import { type AlertTransition, compareSeverity, Fault, jpegSize, type Logger } from '@tocsin/contracts';
import type { Evidence } from '../../evidence/evidence.ts';
import type { Eyes } from '../../vision/eyes/eyes.ts';
import type { Followed, Frame, Seen } from '../../vision/types.ts';
import { type ClipEvent, emptyClip, type Keep, stepClip } from './clip.ts';
import type { CameraConfig } from './config.ts';

export type AlbumDeps = {
  camera: Pick<CameraConfig, 'id' | 'evidence'>;
  /** Rules whose alerts get pictures of this camera. */
  rules: ReadonlySet<string>;
  eyes: Pick<Eyes, 'draw'>;
  evidence(): Evidence | undefined;
  logger: Logger;
};

export type Album = {
  /** A picture that was looked at, and who is followed in it. */
  took(frame: Frame, seen: Seen, followed: readonly Followed[]): void;
  /** Told of every alert; those that rest on this camera get pictures. */
  alerted(transition: AlertTransition): void;
};

/** Widest picture that is kept; wider ones only cost room. */
const widthMaxPx = 1280;

/** Chooses, draws and hands over the few pictures that explain an alert. */
export function createAlbum({ camera, rules, eyes, evidence, logger }: AlbumDeps): Album {
  const { id, evidence: wish } = camera;
  let clip = emptyClip;

  function step(event: ClipEvent): void {
    const stepped = stepClip(clip, event, wish);
    clip = stepped.state;
    for (const keep of stepped.keep) void store(keep);
  }

  async function store({ alert, occurrence, role, still }: Keep): Promise<void> {
    const shelf = evidence();
    if (shelf === undefined) return;
    const { blurPeople: blurred } = wish;
    const people = still.boxes.filter(({ kind }) => kind === 'person' || kind === 'bicycle');
    try {
      const jpeg = await eyes.draw({
        jpeg: still.jpeg,
        marks: still.boxes.flatMap(({ kind, id: track, box }) =>
          track === undefined ? [] : [{ box, label: `${kind} ${track}` }],
        ),
        ...(blurred ? { blur: people.map(({ box }) => box) } : {}),
        widthMax: widthMaxPx,
      });
      const size = jpegSize(jpeg);
      if (size === undefined) throw new Fault('PICTURE_INVALID', 'What was drawn is no JPEG.');
      const { width, height } = size;
      await shelf.keep({
        ...{ jpeg, alert, occurrence, camera: id, role, takenAtMs: still.capturedAtMs, blurred },
        ...{ width, height },
      });
    } catch (error) {
      logger.warn({ alert, error: String(error) }, 'A picture of an alert could not be drawn.');
    }
  }

  return {
    took(frame, { picture, detections = [] }, followed) {
      const boxes = followed.map(({ kind, id: track, box }) => ({ kind, id: track, box }));
      // Somebody whom the tracker does not believe in yet is blurred all the same.
      const others = detections.map(({ kind, box }) => ({ kind, box }));
      step({ kind: 'picture', frame, picture, boxes: [...boxes, ...others] });
    },
    alerted({ kind, rule, key, occurrence, severity, takenAtMs, late }) {
      if ((kind !== 'raise' && kind !== 'escalate') || late === true || !rules.has(rule)) return;
      if (compareSeverity(severity, wish.atLeast) < 0) return;
      step({ kind: 'alert', alert: key, occurrence, takenAtMs });
    },
  };
}
