import Type, { type Static } from 'typebox';
import { snmpFields } from '../snmp/fields.ts';

/** A stage of a UTMC outstation that is held or brought in by force bits, over SNMP v1. */
export const Ug405Actuator = Type.Object(
  {
    ...snmpFields,
    driver: Type.Literal('utmc-ug405', { description: 'Asks a UTMC outstation (UG405, Full UTC Type 2) for a stage.' }),
    scn: Type.String({
      pattern: '^[\\x21-\\x7e]{1,32}$',
      description: 'System code number of the junction, as the outstation names its objects.',
    }),
    stage: Type.Integer({ minimum: 1, maximum: 64, description: 'Stage in which the pedestrians have their walk.' }),
  },
  { additionalProperties: false },
);
export type Ug405Actuator = Static<typeof Ug405Actuator>;
