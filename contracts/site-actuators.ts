import Type, { type Static } from 'typebox';
import { Finite, Name, oneOf } from './names.ts';

/** What every actuator of a site file says, whatever its driver; drivers add their own fields from their own folders. */
const closed = { additionalProperties: false } as const;
/** A length of time in milliseconds, at most a year. */
export const Ms = (description: string, more: object = {}) =>
  Type.Integer({ minimum: 0, maximum: 31_536_000_000, description, ...more });

/** Names a stream as `device/channel`. */
export const StreamRef = Type.String({
  pattern: '^[A-Za-z0-9._-]{1,64}/[A-Za-z0-9._-]{1,64}$',
  description: 'device/channel',
});

/** A rule over state that forbids an act, whoever asks for it. */
export const Interlock = Type.Object(
  {
    refuse: Type.Union([Name, Type.Array(Name, { minItems: 1 })], { description: 'Action or actions it forbids.' }),
    when: Type.Union([
      Type.Object({ actuator: Name, is: Type.String({ maxLength: 64 }) }, closed),
      Type.Object({ actuator: Name, isNot: Type.String({ maxLength: 64 }) }, closed),
      Type.Object({ stream: StreamRef, above: Finite }, closed),
      Type.Object({ stream: StreamRef, below: Finite }, closed),
      Type.Object({ stream: StreamRef, outside: Type.Tuple([Finite, Finite]) }, closed),
      Type.Object({ stream: StreamRef, olderThanMs: Ms('Data older than this forbid the act.') }, closed),
    ]),
    why: Type.String({ minLength: 1, maxLength: 200 }),
  },
  { ...closed, description: 'An unknown state counts as forbidden.' },
);
export type Interlock = Static<typeof Interlock>;

/** What must keep its supply in a fire (NFPA 70 article 700, IEC 60364-5-56; domain.md §2.6). */
export const lifeSafety = ['smoke-control', 'fire-pump', 'emergency-lighting', 'fire-lift', 'detection'] as const;

/** At most so many acts within so long: what an error in a rule, or an attacker, can do at once. */
export const ActLimit = Type.Object(
  {
    count: Type.Integer({
      minimum: 1,
      maximum: 1000,
      description: 'Acts away from rest; rest itself is never limited.',
    }),
    withinMs: Ms('In any stretch of this length.', { minimum: 1000, maximum: 604_800_000 }),
    binding: Type.Optional(
      Type.Boolean({ default: false, description: 'true: no reason of a person passes it either.' }),
    ),
  },
  closed,
);
export type ActLimit = Static<typeof ActLimit>;

/** One limit, or several that must all be kept, such as one for a signal cycle and one for an hour. */
export const ActLimits = Type.Union([ActLimit, Type.Array(ActLimit, { minItems: 1, maxItems: 4 })]);
export type ActLimits = Static<typeof ActLimits>;

export const weekDays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** A stretch of the day in local time; one that ends before it begins runs past midnight, and its days are those on which it begins. */
export const ArmingWindow = Type.Object(
  {
    days: Type.Optional(Type.Array(oneOf(weekDays), { minItems: 1, maxItems: 7, description: 'Left out: every day.' })),
    from: Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$', description: 'HH:MM' }),
    to: Type.String({ pattern: '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$', description: 'HH:MM, not included.' }),
    timeZone: Type.Optional(
      Type.String({ maxLength: 64, description: 'IANA name; left out: that of the site, else UTC.' }),
    ),
  },
  closed,
);
export type ArmingWindow = Static<typeof ArmingWindow>;

/** Acts that one person alone cannot order. */
const TwoPersons = Type.Object(
  {
    actions: Type.Array(Name, { minItems: 1, maxItems: 16 }),
    withinMs: Type.Optional(
      Ms('How long the first order waits for the second.', { minimum: 10_000, maximum: 86_400_000, default: 300_000 }),
    ),
    alsoForRules: Type.Optional(
      Type.Boolean({ default: false, description: 'true: rules cannot do it alone either, whatever they rest on.' }),
    ),
  },
  { ...closed, description: 'Each of two different persons must order it.' },
);

/** The fields every actuator has, whatever its driver. */
export const ActuatorBase = Type.Object({
  id: Name,
  name: Type.Optional(Type.String({ maxLength: 120 })),
  driver: Name,
  area: Type.Optional(Type.Unsafe<string>({ ...Name, description: 'Part of the site; `limits` may bound its acts.' })),
  rest: Name,
  onSilence: Type.String({
    minLength: 1,
    maxLength: 64,
    description: 'What the device itself does when the agent falls silent: off, no change, …',
  }),
  readBackWithinMs: Type.Optional(
    Ms('Later than this, the act is unverified and a trouble.', { minimum: 50, default: 2000 }),
  ),
  leaseMs: Type.Optional(
    Ms('A hold lapses after this unless its reason renews it.', { minimum: 500, default: 10_000 }),
  ),
  holdMaxMs: Type.Optional(Ms('Longest time away from rest; leave out for no limit.')),
  restMinMs: Type.Optional(Ms('Shortest time at rest before the next act.')),
  feeds: Type.Optional(
    Type.Array(oneOf(lifeSafety), {
      description: 'Life-safety functions that lose their supply when it moves: no rule may move it, only a person.',
      default: [],
    }),
  ),
  irreversible: Type.Optional(
    Type.Array(Name, { description: 'Actions that need a coincidence rule or a person.', default: [] }),
  ),
  interlocks: Type.Optional(Type.Array(Interlock, { maxItems: 32, default: [] })),
  actsMax: Type.Optional(ActLimits),
  armed: Type.Optional(
    Type.Union([Type.Literal('always'), Type.Array(ArmingWindow, { minItems: 1, maxItems: 16 })], {
      default: 'always',
      description: 'Outside of its windows it decides and records as in an exercise, and moves nothing.',
    }),
  ),
  twoPersons: Type.Optional(TwoPersons),
  proofTest: Type.Optional(
    Type.Object(
      { everyDays: Type.Integer({ minimum: 1, maximum: 3660 }) },
      { ...closed, description: 'Trouble when the last good proof test is older, or none is on record.' },
    ),
  ),
  pollMs: Type.Optional(
    Ms(
      'It is asked for its state when it has been silent this long; 30 s where it can be asked. Three unanswered: trouble.',
      {
        minimum: 1000,
        maximum: 86_400_000,
      },
    ),
  ),
});
export type ActuatorBase = Static<typeof ActuatorBase>;
