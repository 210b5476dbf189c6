import { render } from 'preact';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { speak } from './i18n';
import { navigate } from './router';
import { Shell } from './shell';
import { expire, resume, session } from './stores/session';

let root: HTMLElement;
const answers: Record<string, () => Response> = {};
const json =
  (body: unknown, status = 200) =>
  () =>
    Response.json(body, { status });
const problem = (status: number, code: string, more = {}) => json({ code, ...more }, status);

const type = (selector: string, value: string): void => {
  const input = root.querySelector<HTMLInputElement>(selector);
  if (!input) throw new Error(`no ${selector}`);
  input.value = value;
  input.dispatchEvent(new Event('input', { bubbles: true }));
};

beforeEach(async () => {
  await speak('en');
  root = document.createElement('div');
  document.body.append(root);
  vi.stubGlobal('fetch', async (input: string, init: RequestInit) => {
    const key = `${init.method} ${input.split('?')[0]?.replace('/api/v1', '')}`;
    return (answers[key] ?? problem(404, 'not_found'))();
  });
});

afterEach(() => {
  render(null, root);
  root.remove();
  vi.unstubAllGlobals();
  for (const key of Object.keys(answers)) delete answers[key];
});

describe('the shell', () => {
  it('asks strangers to sign in, whatever page they wanted', async () => {
    answers['GET /session'] = problem(401, 'session.required');
    answers['GET /setup'] = json({ needed: false });
    navigate('/settings/people');
    await resume();
    render(<Shell />, root);
    await vi.waitFor(() => expect(root.querySelector('h1')?.textContent).toBe('Sign in'));
    expect(location.pathname).toBe('/settings/people');
  });

  it('tells a wrong password from too many tries', async () => {
    answers['GET /session'] = problem(401, 'session.required');
    answers['GET /setup'] = json({ needed: false });
    await resume();
    render(<Shell />, root);
    await vi.waitFor(() => expect(root.querySelector('form')).not.toBeNull());
    type('input[type=email]', 'lin@shop.example');
    type('input[type=password]', 'wrong');
    // What was typed is drawn before somebody can press Enter.
    await new Promise((resolve) => setTimeout(resolve, 20));
    const submit = () =>
      root.querySelector('form')?.dispatchEvent(new Event('submit', { cancelable: true }));
    answers['POST /session'] = problem(401, 'session.wrong_credentials');
    submit();
    await vi.waitFor(() => expect(root.textContent).toContain('E-mail or password is wrong.'));
    expect(session.value.kind).toBe('out');
    answers['POST /session'] = problem(429, 'rate.limited', { retry_after: 9 });
    submit();
    await vi.waitFor(() => expect(root.textContent).toContain('Too many tries. Wait 9 s.'));
    expect(root.querySelector<HTMLButtonElement>('[type=submit]')?.disabled).toBe(true);
  });

  it('shows how to get a set-up link to whoever has none', async () => {
    answers['GET /session'] = problem(401, 'session.required');
    answers['GET /setup'] = json({ needed: true });
    navigate('/');
    await resume();
    render(<Shell />, root);
    await vi.waitFor(() => expect(root.textContent).toContain('parlor serve'));
    expect(root.querySelector('form')).toBeNull();
  });

  it('says that the server does not answer, and that a session has ended', async () => {
    answers['GET /session'] = problem(503, 'server.unavailable');
    await resume();
    render(<Shell />, root);
    await vi.waitFor(() => expect(root.textContent).toContain('No answer from the server'));
    expire();
    await vi.waitFor(() => expect(root.textContent).toContain('You were signed out.'));
  });
});
