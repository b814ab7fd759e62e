import { ActuatorBase } from '@tocsin/contracts';
import Type, { type Static } from 'typebox';
import { Path } from '../../sensors/path.ts';
import { httpDeviceFields } from '../over-http/fields.ts';
import { RequestTemplate } from '../over-http/template.ts';

const closed = { additionalProperties: false } as const;
const Topic = (description: string) =>
  Type.String({
    minLength: 1,
    maxLength: 256,
    pattern: '^[^+#\\u0000]+$',
    description: `${description} No wildcards.`,
  });
const Json = (description: string) =>
  Type.String({
    minLength: 1,
    maxLength: 4096,
    description: `${description} A placeholder is a whole JSON value, so texts bring their own quotes.`,
  });

/** A text as the sign shows it: pages of lines. */
const SignText = Type.Object(
  {
    id: Type.Union(
      [Type.Integer({ minimum: 0, maximum: 65_535 }), Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$' })],
      {
        description: 'What the sign calls it; it is read back by this.',
      },
    ),
    pages: Type.Array(
      Type.Array(Type.String({ minLength: 1, maxLength: 64, pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]+$' }), {
        minItems: 1,
        maxItems: 16,
      }),
      { minItems: 1, maxItems: 6, description: 'Pages of lines.' },
    ),
  },
  closed,
);

/** A variable message sign that shows texts of the site file by their names, over HTTP or MQTT. */
export const MessageSignActuator = Type.Object(
  {
    ...ActuatorBase.properties,
    driver: Type.Literal('message-sign', { description: 'A variable message sign over HTTP or MQTT.' }),
    face: Type.Object(
      {
        lines: Type.Integer({ minimum: 1, maximum: 16 }),
        columns: Type.Integer({ minimum: 1, maximum: 64 }),
        pagesMax: Type.Optional(Type.Integer({ minimum: 1, maximum: 6, default: 2 })),
      },
      { ...closed, description: 'What fits on it; drivers read two pages at most.' },
    ),
    texts: Type.Record(Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$' }), SignText, {
      minProperties: 1,
      maxProperties: 64,
      description:
        'Everything it can be made to show, by name; the names are its actions, beside rest, which is blank.',
    }),
    blankId: Type.Union(
      [Type.Integer({ minimum: 0, maximum: 65_535 }), Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$' })],
      { description: 'What it reports as shown while it is blank.' },
    ),
    http: Type.Optional(Type.Object({ ...httpDeviceFields, show: RequestTemplate, blank: RequestTemplate }, closed)),
    mqtt: Type.Optional(
      Type.Object(
        {
          commandTopic: Topic('Where the sign takes orders.'),
          show: Json('Payload that shows a text.'),
          blank: Json('Payload that blanks it.'),
          stateTopic: Topic('Where it reports what it shows.'),
          at: Type.Optional(Path('Where the id of the shown text is, when the report is JSON.')),
          leftAt: Type.Optional(Path('Where the report has the seconds that its own timer has left; 0 for none.')),
          askTopic: Type.Optional(Topic('Where it can be asked what it shows.')),
          askPayload: Type.Optional(Type.String({ maxLength: 1024, default: '' })),
        },
        closed,
      ),
    ),
  },
  closed,
);
export type MessageSignActuator = Static<typeof MessageSignActuator>;
