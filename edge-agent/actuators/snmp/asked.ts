/** State word of a request that stands at the controller and has no effect there yet. */
export const asked = 'asked';
