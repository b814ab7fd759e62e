/**
 * The process of the eyes: decodes pictures, runs models, draws evidence. It holds everything that may hang, crash or eat memory on
 * hostile input, and nothing anybody would miss: the agent ends and restarts it. It answers each order once, in the order they came.
 */
import type { Seen } from '../../types.ts';
import type { Answer, LookOrder, Order, StartOrder } from '../messages.ts';
import { draw } from './draw.ts';
import { createGridder } from './grid.ts';
import { loadModel, type Model } from './model.ts';
import { decodeTo, pictureSize } from './picture.ts';
import { Refused } from './refused.ts';
import { release } from './release.ts';

/** Size at which a picture is looked at when no detector looks at it. */
const plainSize = { width: 640, height: 360 };

const models = new Map<string, Model>();
const gridOf = createGridder();
let pixelsMax = 0;

function tell(answer: Answer): void {
  // The agent went away while we worked: there is nobody to work for.
  process.send?.(answer, (error) => error && process.exit(0));
}

async function start(order: StartOrder): Promise<void> {
  pixelsMax = order.pixelsMax;
  try {
    for (const model of order.models) models.set(model.ref, await loadModel(model, order));
    tell({ type: 'ready', models: [...models.values()].map(({ loaded }) => loaded) });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    tell({ type: 'refused', detail: error.message });
  }
}

function modelOf(ref: string | undefined): Model | undefined {
  if (ref === undefined) return undefined;
  const model = models.get(ref);
  if (model === undefined) throw new Refused('MODEL_FAILED', `${ref} was not loaded.`);
  return model;
}

async function look({ jpeg, number, capturedAtMs, ...order }: LookOrder): Promise<Seen> {
  const beganMs = performance.now();
  const picture = pictureSize(jpeg, pixelsMax);
  const detector = modelOf(order.detector);
  const classifier = modelOf(order.classifier);
  const fit = detector?.fit(picture);
  const pixels = await decodeTo(jpeg, fit?.content ?? plainSize, pixelsMax);
  const classFit = classifier?.fit(picture);
  const classPixels = classFit && (await decodeTo(jpeg, classFit.content, pixelsMax));
  const decodedMs = performance.now();
  const boxes = detector && (await detector.infer(pixels, fit!));
  const shares = classifier && (await classifier.infer(classPixels!, classFit!));
  const inferredMs = performance.now();
  const seen = {
    ...{ number, capturedAtMs, picture },
    ...(boxes && { detections: detector.detections(boxes, fit!) }),
    ...(shares && { likelihoods: classifier.likelihoods(shares) }),
    grid: gridOf(pixels),
  };
  release([pixels, ...(classPixels ? [classPixels] : [])].map(({ rgb }) => rgb));
  for (const outputs of [boxes, shares]) if (outputs) release([...outputs.values()].map(({ data }) => data));
  const timesMs = {
    decode: decodedMs - beganMs,
    infer: inferredMs - decodedMs,
    post: performance.now() - inferredMs,
  };
  return { ...seen, timesMs };
}

async function obey(order: Order): Promise<void> {
  if (order.type === 'start') return start(order);
  const { id } = order;
  try {
    if (order.type === 'look') {
      const seen = await look(order);
      tell({ type: 'seen', id, seen, rssBytes: process.memoryUsage.rss() });
    } else {
      const jpeg = await draw(order, pixelsMax);
      tell({ type: 'drawn', id, jpeg, rssBytes: process.memoryUsage.rss() });
    }
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const code = error.code === 'PICTURE_INVALID' ? error.code : 'MODEL_FAILED';
    tell({ type: 'failed', id, code, detail: error.message });
  }
}

let last: Promise<void> = Promise.resolve();
process.on('message', (order: Order) => {
  // A mistake of ours ends the process: the agent starts a fresh one and tells what was said here.
  last = last.then(() => obey(order));
});
// The agent died: eyes without an agent must not stay behind.
process.on('disconnect', () => process.exit(0));
