import type { Detection, Kind, Likelihoods } from '../types.ts';
import { type Fit, toPicture } from './fit.ts';
import { decoderOf } from './index.ts';
import { area, overlap, shared, suppress } from './nms.ts';
import type { Plan } from './plan.ts';
import type { Decoded, Outputs, RawDetection } from './types.ts';

/** Candidates looked at per picture; a street full of people has a few hundred before suppression. */
const candidatesMax = 2_000;
/** A two-wheeler overlaps a person by this IoU, or lies in one by this share of its own area: then it is what they ride or push. */
const rideOverlapMin = 0.25;
const rideShareMin = 0.5;
/** A person explains a two-wheeler away only when believed at least by this share as much. */
const rideBeliefMin = 0.5;

/** From output tensors to detections in pixels of the picture, strongest first; a sentence when the model's answer cannot be used. */
export function detectionsOf(outputs: Outputs, plan: Plan, fit: Fit): Decoded<Detection[]> {
  const decoder = decoderOf(plan.spec.output.kind);
  if (decoder.task !== 'detect') return { ok: false, why: `A ${decoder.kind} finds no boxes.` };
  const decoded = decoder.decode(outputs, plan.spec, plan.scoreMin);
  if (!decoded.ok) return decoded;
  const strongest = decoded.value.sort((a, b) => b.score - a.score).slice(0, candidatesMax);
  const kept = withoutRides(suppress(strongest, plan.rivalry, candidatesMax), plan);
  const detections: Detection[] = [];
  for (const raw of kept) {
    const box = toPicture(raw, fit);
    if (box === undefined) continue;
    detections.push({ kind: plan.kinds[raw.class]!, score: Math.min(1, raw.score), box });
    if (detections.length >= plan.detectionsMax) break;
  }
  return { ok: true, value: detections };
}

/**
 * Leaves out two-wheelers that a person rides or pushes, and the weak ones detectors see in wheelchairs: who is there is the person,
 * and calling it traffic would be wrong.
 */
function withoutRides(found: readonly RawDetection[], { kinds, twoWheelers }: Plan): RawDetection[] {
  const people = found.filter(({ class: index }) => kinds[index] === 'person');
  const isRidden = (ride: RawDetection) =>
    people.some(
      (person) =>
        person.score >= rideBeliefMin * ride.score &&
        (overlap(person, ride) >= rideOverlapMin || shared(person, ride) >= rideShareMin * area(ride)),
    );
  return found.filter((raw) => !twoWheelers.has(raw.class) || !isRidden(raw));
}

/** From a classifier's output to the share of each kind it is mapped to. */
export function likelihoodsOf(outputs: Outputs, plan: Plan): Decoded<Likelihoods> {
  const { output } = plan.spec;
  const decoder = decoderOf(output.kind);
  if (decoder.task !== 'classify' || output.kind !== 'classifier') {
    return { ok: false, why: `A ${decoder.kind} is no classifier.` };
  }
  const decoded = decoder.decode(outputs, plan.spec);
  if (!decoded.ok) return decoded;
  const likelihoods: Likelihoods = {};
  for (const index of plan.spec.wanted) {
    const kind = plan.kinds[index] as Kind;
    const share = Math.min(1, Math.max(0, decoded.value[index]!));
    const before = likelihoods[kind] ?? 0;
    likelihoods[kind] = output.exclusive ? Math.min(1, before + share) : Math.max(before, share);
  }
  return { ok: true, value: likelihoods };
}
