import Type, { type Static } from 'typebox';

/** A video file that is played as if it were a camera. */
export const VideoSource = Type.Object(
  {
    kind: Type.Literal('video', {
      description: 'A video file at its own pace, for trying out; needs the program ffmpeg.',
    }),
    path: Type.String({
      minLength: 1,
      maxLength: 256,
      description: 'The file (mp4, mkv, gif …); relative to this file.',
    }),
    repeat: Type.Optional(
      Type.Boolean({ default: true, description: 'From its end it goes on with its beginning; else it is over.' }),
    ),
  },
  { additionalProperties: false },
);
export type VideoSource = Required<Static<typeof VideoSource>>;
