import '../ui/tokens.css';
import '../ui/base.css';
import { render } from 'preact';
import { speak } from './i18n';
import { watchAddress } from './router';
import { Shell } from './shell';
import { watchAttention } from './stores/attention';
import { applyTheme } from './stores/prefs';
import { resume } from './stores/session';

async function start(): Promise<void> {
  applyTheme();
  watchAddress();
  watchAttention();
  const root = document.getElementById('app');
  await Promise.all([speak(...navigator.languages), resume()]);
  if (root) render(<Shell />, root);
}

start();
