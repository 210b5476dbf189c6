import { describe, expect, it } from 'vitest';
import type { Channel } from '../../../../protocol/types';
import { changes, draftOf, originLines, problems } from './edit';

const channel: Channel = {
  id: 'chn_1',
  key: 'wc_1',
  name: 'Shop',
  kind: 'web',
  active: true,
  everyone: false,
  members: ['usr_1', 'usr_2'],
  settings: {
    colour: `${'#'}4b4fd9`,
    position: 'right',
    theme: 'auto',
    launcher_label: '',
    greeting: '',
    title: '',
    sound: true,
    origins: ['https://shop.example'],
    reopen_hours: 72,
    handback: 'waiting',
    calls: {
      enabled: false,
      visitors_may_ask: false,
      video: true,
      recording: 'off',
      consent: 'notice',
      consent_text: '',
      announce_listeners: false,
      agents_may_replay: false,
    },
    revise_minutes: 15,
    handback_after_s: 60,
    hours: { enabled: false, time_zone: 'UTC', week: [[], [], [], [], [], [], []], dates: [] },
    prechat: {
      enabled: false,
      lead: '',
      fields: [],
      consent: { text: '', link_text: '', url: '' },
    },
    reception: { presence: false, closed_greeting: '', ask_contact: false, queue: false },
    rating: { ask: 'on_request', question: '', tags: ['Quick'] },
  },
  created_at: 0,
};

describe('a channel being edited', () => {
  it('sends only what is different', () => {
    const draft = draftOf(channel);
    expect(changes(channel, draft)).toEqual({});
    expect(changes(channel, { ...draft, name: ' Store ' })).toEqual({ name: 'Store' });
    expect(changes(channel, { ...draft, members: ['usr_2', 'usr_1'] })).toEqual({});
    expect(changes(channel, { ...draft, originsText: '' })).toEqual({
      settings: { ...channel.settings, origins: [] },
    });
  });

  it('takes origins however they were pasted and refuses what is none', () => {
    const draft = draftOf(channel);
    expect(originLines('https://a.example/\n\nhttps://b.example:8443, ')).toEqual([
      'https://a.example',
      'https://b.example:8443',
    ]);
    expect(problems(draft)).toEqual([]);
    expect(problems({ ...draft, originsText: 'shop.example' })).toEqual(['origins']);
    expect(problems({ ...draft, originsText: 'https://shop.example/path' })).toEqual(['origins']);
    expect(problems({ ...draft, colour: 'red', reopen_hours: Number.NaN, name: ' ' })).toEqual([
      'name',
      'colour',
      'reopen_hours',
    ]);
    for (const handback_after_s of [59, 604_801, 60.5, Number.NaN]) {
      expect(problems({ ...draft, handback_after_s })).toEqual(['handback_after_s']);
    }
  });
});
