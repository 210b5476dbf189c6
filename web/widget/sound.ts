// Two soft notes, made on the spot: no file to download.
let context: AudioContext | undefined;

export function chime(): void {
  context ??= new AudioContext();
  const { currentTime, destination } = context;
  [660, 880].forEach((pitch, i) => {
    if (!context) return;
    const at = currentTime + i * 0.12;
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.08, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.4);
    tone.connect(volume).connect(destination);
    tone.start(at);
    tone.stop(at + 0.4);
  });
}
