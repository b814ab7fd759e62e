import Type from 'typebox';
import type { ActuatorConfig } from '../../site/types.ts';

const ActionName = (description: string, byDefault: string) =>
  Type.Optional(Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$', default: byDefault, description }));

/** What a field engineer says of any switch with one output: the names of its two actions and how the load is wired. */
export const switchFields = {
  on: ActionName('Name of the action that switches on.', 'on'),
  off: ActionName('Name of the action that switches off.', 'off'),
  invert: Type.Optional(
    Type.Boolean({ default: false, description: 'Turned round: the load is on while the output is off (NC contact).' }),
  ),
};

/** One level of an MQTT topic, or several; no wildcards. */
export const TopicPart = (description: string) =>
  Type.String({
    minLength: 1,
    maxLength: 128,
    pattern: '^[^+#\\u0000]+$',
    description: `${description} No wildcards.`,
  });

/** An input of the device that is wired to an auxiliary contact of what it switches. */
export const Feedback = (description: string, minimum: number) =>
  Type.Optional(
    Type.Object(
      {
        input: Type.Integer({ minimum, maximum: 32, description }),
        invert: Type.Optional(
          Type.Boolean({ default: false, description: 'The auxiliary contact is closed while the output is off.' }),
        ),
      },
      {
        additionalProperties: false,
        description: 'Auxiliary contact on an input of the device: it alone is then the read-back.',
      },
    ),
  );
export type Feedback = { input: number; invert?: boolean };

type SwitchConfig = ActuatorConfig & { on?: string; off?: string; invert?: boolean };

/** A switch in the site file's words and in the device's: which output state each action means, and how a hold must lapse. */
export type Words = {
  actions: [on: string, off: string];
  /** Output that an action asks for; undefined for an action it does not have. */
  output(action: string): boolean | undefined;
  action(output: boolean): string;
  /** Output of the state that is not rest. */
  awayOutput: boolean;
  /** The action away from rest; it must not end by itself when it is irreversible. */
  away: string;
  irreversible: boolean;
  /** After how long without renewal the device must go back by itself; 0 when it must never. */
  lapseMs: number;
};

/** Reads the words of a checked actuator entry. */
export function wordsOf(actuator: ActuatorConfig): Words {
  const { on = 'on', off = 'off', invert = false, rest, irreversible, leaseMs } = actuator as SwitchConfig;
  const away = rest === on ? off : on;
  const isFinal = irreversible.includes(away);
  const output = (action: string) => (action === on ? !invert : action === off ? invert : undefined);
  return {
    actions: [on, off],
    output,
    action: (state) => (state === invert ? off : on),
    awayOutput: output(away) === true,
    away,
    irreversible: isFinal,
    lapseMs: isFinal ? 0 : leaseMs,
  };
}

/** Mistakes in the words of an entry, as sentences. */
export function checkWords(actuator: ActuatorConfig): string[] {
  const { id, on = 'on', off = 'off', rest, irreversible = [] } = actuator as SwitchConfig;
  const wrong: string[] = [];
  if (on === off) wrong.push(`on and off are both called ${on}`);
  if (rest !== on && rest !== off) wrong.push(`rest is ${rest}, but ${id} has no such action`);
  for (const action of irreversible) {
    if (action !== on && action !== off) wrong.push(`irreversible names ${action}, but ${id} has no such action`);
    if (action === rest) wrong.push(`rest (${rest}) cannot be irreversible`);
  }
  return wrong;
}

/** Whole seconds, rounded up, so that a device never lapses before its lease. */
export function secondsUp(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}
