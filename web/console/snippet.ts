/** What a site's owner pastes before `</body>`. */
export const snippet = (key: string, origin: string = location.origin): string =>
  `<script src="${origin}/widget.js" data-channel="${key}" async></script>`;

/** The chat as a page of its own, for a link in a mail or a QR code. */
export const fullPage = (key: string, origin: string = location.origin): string =>
  `${origin}/c/${key}`;
