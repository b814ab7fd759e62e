import type { Manifest } from '../manifest/schema.ts';
import type { Kind } from '../types.ts';
import type { OutputSpec } from './index.ts';
import type { Rivalry } from './nms.ts';
import type { DecoderSpec } from './types.ts';

/** What a manifest means for each class, worked out once per model. */
export type Plan = {
  spec: DecoderSpec<OutputSpec>;
  /** What each class is to Tocsin; undefined for a class that is ignored. */
  kinds: readonly (Kind | undefined)[];
  rivalry: Rivalry;
  /** Indices of classes that people ride. */
  twoWheelers: ReadonlySet<number>;
  scoreMin: number;
  detectionsMax: number;
};

/** Names under which data sets know what people ride on two wheels. */
const twoWheelerNames = new Set(['bicycle', 'bike', 'motorcycle', 'motorbike', 'scooter', 'moped']);

/** Works out a plan; `scoreMin` replaces the manifest's own, for evaluation. */
export function planOf({ classes, map, input, output, post }: Manifest, scoreMin = post.scoreMin): Plan {
  const kinds = classes.map((name) => (Object.hasOwn(map, name) ? map[name] : undefined));
  const groups = classes.map((name, index) => {
    const group = post.agnostic.findIndex((names) => names.includes(name));
    return group < 0 ? post.agnostic.length + index : group;
  });
  return {
    spec: {
      output,
      width: input.width,
      height: input.height,
      classes: classes.length,
      wanted: kinds.flatMap((kind, index) => (kind === undefined ? [] : [index])),
    },
    kinds,
    rivalry: {
      groupOf: (index) => groups[index]!,
      limitOf: (group) => (group < post.agnostic.length ? post.agnosticNms : post.nms),
    },
    twoWheelers: new Set(classes.flatMap((name, index) => (twoWheelerNames.has(name.toLowerCase()) ? [index] : []))),
    scoreMin,
    detectionsMax: post.detectionsMax,
  };
}
