import '../ui/tokens.css';
import '../ui/base.css';
import './chat.css';
import { render } from 'preact';
import { negotiate } from '../core/i18n';
import { Chat } from './chat';
import { loadTexts } from './i18n';

async function start(): Promise<void> {
  const wish = new URLSearchParams(location.search).get('lang');
  const i18n = await loadTexts(negotiate(wish, ...navigator.languages));
  document.documentElement.lang = i18n.locale;
  const root = document.getElementById('app');
  if (root) render(<Chat i18n={i18n} />, root);
}

start();
