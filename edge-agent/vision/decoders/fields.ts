import Type from 'typebox';

/** Name of an output of the graph, as a manifest writes it. */
export const OutputName = (description: string) => Type.String({ minLength: 1, maxLength: 256, description });

/** Strides of a detector's grids in pixels of its input. */
export const Strides = Type.Array(Type.Integer({ minimum: 2, maximum: 256 }), {
  minItems: 1,
  maxItems: 8,
  default: [8, 16, 32],
  description: 'Pixels of the input per cell of each grid, in the order of the output’s rows.',
});

/** Whether box coordinates are pixels of the input or shares of its sides. */
export const Coordinates = Type.Unsafe<'px' | 'unit'>({
  type: 'string',
  enum: ['px', 'unit'],
  default: 'px',
  description: 'px: pixels of the input. unit: 0 to 1 of its width and height.',
});

/** Whether the model leaves the logistic function to its reader. */
export const Sigmoid = Type.Boolean({
  default: false,
  description: 'True when scores come as logits, so that the logistic function is still to be applied.',
});

export const closed = { additionalProperties: false } as const;
