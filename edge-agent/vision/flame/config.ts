import Type, { type Static } from 'typebox';

const Share = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });

/** A rectangle in shares of the picture's width and height, origin at the top left corner. */
export const AreaFields = Type.Object(
  { x: Share('Left edge.'), y: Share('Upper edge.'), width: Share('Width.'), height: Share('Height.') },
  { additionalProperties: false },
);
export type Area = Static<typeof AreaFields>;

/** What a site may say about watching for flames and smoke. */
export const FlameFields = Type.Object(
  {
    ignore: Type.Optional(
      Type.Array(AreaFields, {
        maxItems: 16,
        description: 'Parts of the picture that are not watched: a stove, a torch, a screen, a chimney.',
      }),
    ),
  },
  { additionalProperties: false },
);
export type FlameConfig = Static<typeof FlameFields>;

/** From this score on what is seen corroborates other signs; the same number as `seenFrom` of rules/models/fire. */
export const corroborates = 0.5;

/**
 * Frames nearer together than this are passed over, so that a camera of 30 a second costs as much as one of 15: changes are
 * compared over 0.06 to 0.3 s, and a flame's own 1 to 10 Hz (Töreyin 2006) stays irregular however it is sampled.
 */
export const stepMsMin = 60;
/** Below 3.3 frames a second the flicker of a flame cannot be told from somebody who waves. */
export const stepMsMax = 300;
/** After a longer gap what was followed is forgotten; after a very long one the background too. */
export const gapMsMax = 2_000;
export const forgetMs = 60_000;
/** Nothing is said before so much time and so many pictures. */
export const warmUpMs = 3_000;
export const warmUpPictures = 10;
