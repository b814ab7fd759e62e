import Type, { type Static } from 'typebox';
import { snmpFields } from '../snmp/fields.ts';

/** Phases NTCIP 1202 can name; its tables may have 255. */
const Phase = (description: string) => Type.Integer({ minimum: 1, maximum: 255, description });

/** A request to an actuated signal controller by NTCIP 1202 over SNMP v1. */
export const NtcipActuator = Type.Object(
  {
    ...snmpFields,
    driver: Type.Literal('ntcip-1202', { description: 'Asks a signal controller by NTCIP 1202 over SNMP v1.' }),
    request: Type.Union(
      [
        Type.Literal('pedestrian-hold', { description: 'Phase hold, only in walk and clearance.' }),
        Type.Literal('pedestrian-call', { description: 'Pedestrian call, like a finger on the button.' }),
      ],
      { description: 'What is asked for; a force-off or an omit cannot be.' },
    ),
    phase: Phase('Phase of the pedestrians.'),
    conflicting: Type.Optional(
      Type.Array(Phase('Phase.'), {
        maxItems: 16,
        default: [],
        description:
          'Phases that must be red for a hold, and not yellow for a call; without them every phase of the group counts for a call.',
      }),
    ),
  },
  { additionalProperties: false },
);
export type NtcipActuator = Static<typeof NtcipActuator>;
