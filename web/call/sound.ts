// It rings, made on the spot: no file to download. Silent where the browser wants a click first.
export function ring(incoming: boolean): () => void {
  const audio = new AudioContext();
  const volume = audio.createGain();
  volume.gain.value = incoming ? 0.12 : 0.04;
  volume.connect(audio.destination);

  const tone = (hertz: number, from: number, seconds: number): void => {
    const sound = audio.createOscillator();
    const edge = audio.createGain();
    sound.frequency.value = hertz;
    edge.gain.setValueAtTime(0, from);
    edge.gain.linearRampToValueAtTime(1, from + 0.03);
    edge.gain.setValueAtTime(1, from + seconds - 0.06);
    edge.gain.linearRampToValueAtTime(0, from + seconds);
    sound.connect(edge).connect(volume);
    sound.start(from);
    sound.stop(from + seconds);
  };
  const once = (): void => {
    if (audio.state === 'closed') return;
    const now = audio.currentTime + 0.05;
    if (!incoming) tone(425, now, 1);
    else {
      for (const [i, hertz] of [587, 740, 880, 740].entries()) tone(hertz, now + i * 0.22, 0.2);
    }
  };
  once();
  const timer = setInterval(once, incoming ? 2_400 : 4_000);
  return () => {
    clearInterval(timer);
    audio.close().catch(() => {});
  };
}

/** How loud a microphone is, 0 to 1, as often as asked. */
export function levelOf(track: MediaStreamTrack): { read(): number; stop(): void } {
  const audio = new AudioContext();
  const analyser = audio.createAnalyser();
  analyser.fftSize = 512;
  audio.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Uint8Array(analyser.fftSize);
  return {
    read() {
      analyser.getByteTimeDomainData(samples);
      let sum = 0;
      for (const sample of samples) sum += (sample - 128) ** 2;
      return Math.min(1, Math.sqrt(sum / samples.length) / 40);
    },
    stop: () => void audio.close().catch(() => {}),
  };
}
