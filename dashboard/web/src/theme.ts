import { createTheme } from '@mantine/core';

/** Calm greys with a blue that no severity uses; buttons and inputs are large enough for gloves. */
export const theme = createTheme({
  primaryColor: 'indigo',
  primaryShade: { light: 8, dark: 7 },
  autoContrast: true,
  defaultRadius: 'sm',
  fontFamily: 'system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", monospace',
  colors: {
    dark: [
      '#dfe6ee',
      '#b9c4d0',
      '#9aa7b5',
      '#7f8c9b',
      '#445160',
      '#303b47',
      '#222b35',
      '#171e26',
      '#10161c',
      '#0b0f14',
    ],
  },
});
