import '@mantine/core/styles.css';
import '../src/styles/palette.css';
import '../src/styles/frame.css';
import './calibrate.css';
import { MantineProvider } from '@mantine/core';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { theme } from '../src/theme.ts';
import { App } from './app.tsx';

/** Each answer of the server lets exactly our own style elements through; browsers hide the value from style sheets. */
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="dark" getStyleNonce={() => nonce}>
      <App />
    </MantineProvider>
  </StrictMode>,
);
