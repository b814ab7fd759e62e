import Type, { type Static } from 'typebox';
import { Severity } from './alert.ts';
import { Name } from './names.ts';

/**
 * The cause-and-effect matrix of a site: rows are causes, columns are effects, and the cells of a column share its logic. It is
 * another way of writing rules and responses, for many inputs and many outputs: loading turns each column into them.
 */
const closed = { additionalProperties: false } as const;
const Ms = (description: string, more: object = {}) =>
  Type.Integer({ minimum: 0, maximum: 3_600_000, description, ...more });

/** A row: an alert that is at least this severe. */
export const MatrixCause = Type.Object(
  { rule: Name, atLeast: Severity },
  { ...closed, description: 'A rule from a severity on.' },
);
export type MatrixCause = Static<typeof MatrixCause>;

/** A column: what is done, and which causes bring it about. */
export const MatrixEffect = Type.Object(
  {
    id: Name,
    event: Type.Optional(
      Type.String({ minLength: 1, maxLength: 160, description: 'With `need`: what their agreement means, in words.' }),
    ),
    actuator: Name,
    action: Name,
    any: Type.Optional(
      Type.Array(Name, { minItems: 1, maxItems: 64, description: 'Causes each of which brings the effect about.' }),
    ),
    of: Type.Optional(
      Type.Array(Name, {
        minItems: 2,
        maxItems: 64,
        description: 'Causes of which `need` must agree; in place of `any`.',
      }),
    ),
    need: Type.Optional(Type.Integer({ minimum: 2, maximum: 64, description: 'So many of the causes of `of`.' })),
    withinMs: Type.Optional(Ms('With `need`: a cause that ended counts on for this long; 60 s when left out.')),
    delayMs: Type.Optional(Ms('The effect begins so long after its cause, if that still lasts.')),
    hold: Type.Optional(
      Type.Unsafe<'whileActive' | 'untilReset'>({
        type: 'string',
        enum: ['whileActive', 'untilReset'],
        default: 'whileActive',
      }),
    ),
  },
  closed,
);
export type MatrixEffect = Static<typeof MatrixEffect>;

/** Causes by name, and effects. */
export const Matrix = Type.Object(
  {
    causes: Type.Record(Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$' }), MatrixCause, {
      minProperties: 1,
      maxProperties: 256,
      description: 'Rows of the matrix, by name.',
    }),
    effects: Type.Array(MatrixEffect, { minItems: 1, maxItems: 256, description: 'Columns of the matrix.' }),
  },
  { ...closed, description: 'Causes and effects; see `tocsin matrix`.' },
);
export type Matrix = Static<typeof Matrix>;
