import { ChannelBase, DeviceBase } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';
import { Path } from '../path.ts';

const closed = { additionalProperties: false } as const;

/** How the device writes its time. */
export const DeviceTime = Type.Object(
  {
    path: Path('Where the time of measurement is.'),
    unit: Type.Union([Type.Literal('iso'), Type.Literal('s'), Type.Literal('ms')], {
      description: 'iso is a date and time with its zone (Z or +01:00), s and ms count since 1970.',
    }),
  },
  { ...closed, description: 'Leave out for a device without a clock; the time of arrival counts then.' },
);

export const JsonPathChannel = Type.Object(
  {
    ...ChannelBase.properties,
    path: Path('Where the value is.'),
    sourceUnit: Type.Optional(
      Type.String({
        maxLength: 32,
        description: 'UCUM unit of the payload, when it differs from unit; it is converted.',
      }),
    ),
    unitPath: Type.Optional(
      Path('Where the payload itself says its unit; it must then, and a unit that does not fit is refused.'),
    ),
    unitNames: Type.Optional(
      Type.Record(Type.String({ maxLength: 32 }), Type.String({ maxLength: 32 }), {
        description: 'What the words at unitPath mean in UCUM, such as { "°C": Cel }.',
      }),
    ),
    map: Type.Optional(
      Type.Record(Type.String({ maxLength: 64 }), Type.Number(), {
        description: 'Numbers for states, such as { "ON": 1, "OFF": 0 }; also for true, false and null.',
      }),
    ),
  },
  closed,
);

export const JsonPathTracks = Type.Object(
  {
    path: Path('Where the list of people and vehicles is.'),
    id: Path('The number of the track, from one entry of the list.'),
    x: Path('Place along the first axis, from one entry.'),
    y: Path('Place along the second axis, from one entry.'),
    vx: Type.Optional(Path('Speed along the first axis, from one entry.')),
    vy: Type.Optional(Path('Speed along the second axis, from one entry.')),
    unit: Type.Optional(
      Type.String({ maxLength: 32, default: 'm', description: 'UCUM unit of x and y; speeds are this per second.' }),
    ),
  },
  closed,
);

/** A device that sends JSON of its own making. */
export const JsonPathDevice = Type.Object(
  {
    ...DeviceBase.properties,
    format: Type.Literal('json-path', { description: 'JSON of any shape; each channel names its place.' }),
    time: Type.Optional(DeviceTime),
    records: Type.Optional(Path('Where a list of records is, each with its own time and channels; at most 1,000.')),
    channels: Type.Array(JsonPathChannel, { maxItems: 256, description: 'What the device measures.' }),
    tracks: Type.Optional(JsonPathTracks),
  },
  closed,
);
export type JsonPathDevice = Static<typeof JsonPathDevice>;
