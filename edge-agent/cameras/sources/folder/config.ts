import Type, { type Static } from 'typebox';

/** A folder of pictures that are shown one after another as if they came from a camera. */
export const FolderSource = Type.Object(
  {
    kind: Type.Literal('folder', {
      description: 'A folder of JPEG files in the order of their names, for trying out.',
    }),
    path: Type.String({ minLength: 1, maxLength: 256, description: 'The folder; relative to this file.' }),
    framesPerSecond: Type.Optional(
      Type.Number({
        minimum: 0.1,
        maximum: 30,
        description: 'Pictures shown in a second; without it as many as fps says.',
      }),
    ),
    repeat: Type.Optional(
      Type.Boolean({ default: true, description: 'From its end it goes on with its beginning; else it is over.' }),
    ),
  },
  { additionalProperties: false },
);
export type FolderSource = Required<Pick<Static<typeof FolderSource>, 'repeat'>> & Static<typeof FolderSource>;
