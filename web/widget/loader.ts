// What a customer's page includes: <script src="https://…/widget.js" data-channel="…" async>.
// It only puts the chat on the page, in a frame of its own.
const script = document.currentScript as HTMLScriptElement;
const frame = document.createElement('iframe');
frame.src = new URL(`/c/${script.dataset.channel}`, script.src).href;
frame.title = 'Parlor';
document.body.append(frame);
