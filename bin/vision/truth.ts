/** Reads what is really on frames, from COCO annotations (JSON) or a MOT ground truth (gt.txt), into boxes of Tocsin's kinds. */
import { readFileSync, statSync } from 'node:fs';
import { Fault } from '@tocsin/contracts';
import { type Kind, kinds } from '@tocsin/edge-agent/vision';
import type { Truth } from './score.ts';

/** Truth of a set of frames. `frames` are those it speaks about by file name; MOT counts frames from 1 in the order of their names. */
export type TruthSet = { frames: string[]; truths: Truth[]; passedOver: number };

/** COCO's whole validation set has 20 MB. */
const truthBytesMax = 256 * 2 ** 20;

type Options = {
  /** Names of the JPEGs in the folder, sorted. */
  files: readonly string[];
  /** What a class of the data means; the model's own map. */
  map: Readonly<Record<string, Kind>>;
};

/** Reads a truth file of either format. */
export function readTruth(path: string, options: Options): TruthSet {
  let text: string;
  try {
    const { size } = statSync(path);
    if (size > truthBytesMax)
      throw new Fault('PAYLOAD_TOO_LARGE', `${path} has ${size} bytes, at most ${truthBytesMax}.`);
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw new Fault('FILE_UNREADABLE', `${path}: ${(cause as NodeJS.ErrnoException).code ?? 'unknown reason'}.`, {
      cause,
    });
  }
  return text.trimStart().startsWith('{') ? fromCoco(path, text, options) : fromMot(path, text, options);
}

function kindOf(name: unknown, map: Options['map']): Kind | undefined {
  if (typeof name !== 'string') return undefined;
  return Object.hasOwn(map, name) ? map[name] : kinds.find((kind) => kind === name);
}

type CocoFile = {
  images?: { id: unknown; file_name: unknown }[];
  categories?: { id: unknown; name: unknown }[];
  annotations?: { image_id: unknown; category_id: unknown; bbox: unknown; iscrowd?: unknown; ignore?: unknown }[];
};

function fromCoco(path: string, text: string, { files, map }: Options): TruthSet {
  let file: CocoFile;
  try {
    file = JSON.parse(text) as CocoFile;
  } catch (cause) {
    throw new Fault('PAYLOAD_MALFORMED', `${path}: ${(cause as Error).message}`, { cause });
  }
  const { images, categories, annotations } = file;
  if (!Array.isArray(images) || !Array.isArray(categories) || !Array.isArray(annotations)) {
    throw new Fault('PAYLOAD_MALFORMED', `${path} has no images, categories and annotations.`, {
      remedy: 'Give COCO annotations as JSON, or a MOT gt.txt.',
    });
  }
  const present = new Set(files);
  const names = new Map(images.map(({ id, file_name }) => [id, String(file_name).split(/[\\/]/).at(-1)!]));
  const kindById = new Map(categories.map(({ id, name }) => [id, kindOf(name, map)]));
  const truths: Truth[] = [];
  let passedOver = 0;
  annotations.forEach(({ image_id, category_id, bbox, iscrowd, ignore }, i) => {
    const frame = names.get(image_id);
    const kind = kindById.get(category_id);
    if (!Array.isArray(bbox) || bbox.length !== 4 || !bbox.every(Number.isFinite)) {
      throw new Fault('PAYLOAD_MALFORMED', `${path}: annotation ${i + 1} has no bbox of four numbers.`);
    }
    if (frame === undefined || kind === undefined || !present.has(frame)) {
      passedOver += 1;
      return;
    }
    const [x, y, width, height] = bbox as [number, number, number, number];
    truths.push({ frame, kind, box: { x, y, width, height }, isCrowd: Boolean(iscrowd), isIgnored: Boolean(ignore) });
  });
  return { frames: [...new Set(names.values())].filter((name) => present.has(name)), truths, passedOver };
}

/**
 * Classes of MOT16 and MOT17: 1 pedestrian, 3 car, 4 bicycle, 5 motorbike. 2 (on a vehicle), 7 (static), 8 (distractor) and
 * 12 (reflection) look like people and are ignored, as MOT's own evaluation does.
 */
const motKinds: Readonly<Record<number, Kind>> = { 1: 'person', 3: 'vehicle', 4: 'bicycle', 5: 'vehicle' };
const motIgnored = new Set([2, 7, 8, 12]);

function fromMot(path: string, text: string, { files }: Options): TruthSet {
  const truths: Truth[] = [];
  let passedOver = 0;
  text.split('\n').forEach((line, i) => {
    if (line.trim() === '') return;
    const numbers = line
      .split(/[,\s]+/)
      .filter(Boolean)
      .map(Number);
    const [number, , x, y, width, height, counts = 1, type = 1] = numbers;
    if (numbers.length < 6 || !numbers.every(Number.isFinite)) {
      throw new Fault('PAYLOAD_MALFORMED', `${path}, line ${i + 1}: not frame, id, left, top, width, height, ….`);
    }
    const frame = files[number! - 1];
    const isIgnored = motIgnored.has(type) || counts === 0;
    const kind = motIgnored.has(type) ? 'person' : motKinds[type < 1 ? 1 : type];
    if (frame === undefined || kind === undefined) passedOver += 1;
    else truths.push({ frame, kind, box: { x: x!, y: y!, width: width!, height: height! }, isIgnored });
  });
  return { frames: [...files], truths, passedOver };
}
