import Type, { type Static } from 'typebox';
import { Name, oneOf } from './names.ts';
import { lanes } from './topics.ts';

/**
 * The cloud's word that everything of `(epoch, lane)` up to and including `storedThrough` is committed to its disk.
 * Cumulative, so that a lost or repeated acknowledgement is harmless; only this lets an outbox forget.
 */
export const Ack = Type.Object({
  v: Type.Literal(1),
  epoch: Name,
  lane: oneOf(lanes),
  storedThrough: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  conflictAt: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      description:
        'Set when this batch came again with other content: the site runs from an old image and needs a new epoch.',
    }),
  ),
});
export type Ack = Static<typeof Ack>;
