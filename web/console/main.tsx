import '../ui/tokens.css';
import '../ui/base.css';
import './shell.css';
import { render } from 'preact';
import { negotiate } from '../core/i18n';
import { loadTexts } from './i18n';
import { Shell } from './shell';

async function start(): Promise<void> {
  const i18n = await loadTexts(negotiate(...navigator.languages));
  document.documentElement.lang = i18n.locale;
  const root = document.getElementById('app');
  if (root) render(<Shell i18n={i18n} path={location.pathname} />, root);
}

start();
