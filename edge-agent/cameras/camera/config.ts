import { Finite, Name, severities } from '@tocsin/contracts';
import Type, { type Static, type TSchema } from 'typebox';

const closed = { additionalProperties: false } as const;

/** A stretch of ground that people or vehicles are counted in. */
export const Zone = Type.Object(
  {
    id: Type.String({
      pattern: '^[A-Za-z0-9._-]{1,32}$',
      description: 'Its channels begin with it, such as kerb-people.',
    }),
    name: Type.Optional(Type.String({ maxLength: 120 })),
    outline: Type.Array(Type.Tuple([Finite, Finite]), {
      minItems: 3,
      maxItems: 32,
      description: 'Corners in order, [x, y] in metres of the calibration.',
    }),
  },
  closed,
);

const Evidence = Type.Object(
  {
    rules: Type.Optional(
      Type.Array(Name, {
        maxItems: 256,
        description: 'Alerts that get pictures; without it those that rest on this camera. [] for none.',
      }),
    ),
    atLeast: Type.Optional(
      Type.Unsafe<(typeof severities)[number]>({
        type: 'string',
        enum: [...severities.slice(1)],
        default: 'Minor',
        description: 'Mildest severity that gets pictures.',
      }),
    ),
    beforeMs: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 10_000, default: 3000, description: 'How far back its pictures reach.' }),
    ),
    afterMs: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 30_000, default: 3000, description: 'How long pictures follow.' }),
    ),
    pictures: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 8, default: 5, description: 'Pictures of one occurrence in all.' }),
    ),
    blurPeople: Type.Optional(
      Type.Boolean({ default: true, description: 'People are blurred before a picture is kept anywhere.' }),
    ),
  },
  { ...closed, default: {}, description: 'The few pictures that explain an alert; no other is ever kept.' },
);

/** The entry of a camera in the site file, with whatever sources of pictures this version has. */
export const cameraSchema = (sources: readonly TSchema[]) =>
  Type.Object(
    {
      id: Name,
      name: Type.Optional(Type.String({ maxLength: 120 })),
      source: Type.Union([...sources]),
      fps: Type.Optional(
        Type.Number({
          minimum: 0.2,
          maximum: 30,
          default: 10,
          description: 'Pictures looked at in a second; people are followed from 5 on, better 10 (measured).',
        }),
      ),
      model: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 256,
          default: 'nanodet-g-384x640-int8',
          description:
            'Detector: one of Tocsin’s own by name, or a manifest (.json) relative to this file. none: nobody.',
        }),
      ),
      classifier: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 256,
          description: 'Classifier of flames and smoke by its manifest, beside the built-in watcher.',
        }),
      ),
      flames: Type.Optional(
        Type.Boolean({
          default: false,
          description: 'Watch for flames and smoke: channels flame and smoke, evidence beside fire detectors only.',
        }),
      ),
      calibration: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 256,
          description: 'File that places the picture on the ground; made by tocsin camera calibrate. None: no metres.',
        }),
      ),
      footOffset: Type.Optional(
        Type.Number({
          minimum: -0.2,
          maximum: 0.2,
          default: 0.03,
          description:
            'Share of a box’s height by which the feet stand above its lower edge (measured on drawn people).',
        }),
      ),
      zones: Type.Optional(Type.Array(Zone, { maxItems: 16, default: [] })),
      evidence: Type.Optional(Evidence),
    },
    closed,
  );

/** Where onnxruntime can run a model; which of them this machine has is asked when the eyes start. */
export const providers = ['cpu', 'cuda', 'tensorrt', 'coreml', 'dml', 'webgpu'] as const;

/** How the eyes of a gateway run: one process for all of its cameras. */
export const VisionConfig = Type.Object(
  {
    provider: Type.Optional(
      Type.Unsafe<(typeof providers)[number]>({
        type: 'string',
        enum: [...providers],
        default: 'cpu',
        description: 'Where models run: cpu (tested), or cuda, tensorrt, coreml, dml, webgpu where onnxruntime has it.',
      }),
    ),
    threads: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 8, default: 1, description: 'Threads of one inference.' }),
    ),
    timeoutMs: Type.Optional(
      Type.Integer({
        minimum: 200,
        maximum: 60_000,
        default: 2000,
        description: 'A model that has not answered by then is ended and started anew.',
      }),
    ),
    memoryMiB: Type.Optional(
      Type.Integer({ minimum: 150, maximum: 8192, default: 700, description: 'Most memory the eyes may take.' }),
    ),
    keepDays: Type.Optional(
      Type.Number({
        minimum: 0.01,
        maximum: 365,
        default: 7,
        description: 'Days a picture of an alert is kept on the gateway.',
      }),
    ),
  },
  { ...closed, default: {}, description: 'How the gateway looks at pictures.' },
);
export type VisionConfig = Required<Static<typeof VisionConfig>>;

/** A camera of a checked site file, with every default filled in and paths made absolute. */
export type CameraConfig = {
  id: string;
  name?: string;
  /** The fields belong to the kind of source. */
  source: { kind: string } & Record<string, unknown>;
  fps: number;
  /** Name of a built-in detector, the absolute path of a manifest, or `none`. */
  model: string;
  classifier?: string;
  flames: boolean;
  /** Absolute path of the calibration file. */
  calibration?: string;
  footOffset: number;
  zones: Static<typeof Zone>[];
  evidence: Required<Omit<Static<typeof Evidence>, 'rules'>> & { rules?: string[] };
};
