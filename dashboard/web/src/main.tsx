import '@mantine/core/styles.css';
import 'uplot/dist/uPlot.min.css';
import './styles/palette.css';
import './styles/entrance.css';
import './styles/frame.css';
import './styles/list.css';
import './styles/detail.css';
import './styles/town.css';
import './styles/pictures.css';
import './styles/narrow.css';
import { MantineProvider } from '@mantine/core';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { theme } from './theme.ts';

/** Each answer of the server lets exactly our own style elements through; browsers hide the value from style sheets. */
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="dark" getStyleNonce={() => nonce}>
      <App />
    </MantineProvider>
  </StrictMode>,
);
