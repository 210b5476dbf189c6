// Swagger UI as it is published, served from here. It is copied, not bundled: its own bundle is
// already minified, and a second pass over it takes longer than everything else we build.
import 'swagger-ui-dist/swagger-ui.css';
import bundleUrl from 'swagger-ui-dist/swagger-ui-bundle.js?url';

declare global {
  var SwaggerUIBundle: (options: Record<string, unknown>) => unknown;
}

const script = document.createElement('script');
script.src = bundleUrl;
script.onload = () => {
  SwaggerUIBundle({
    url: '/api/openapi.json',
    dom_id: '#reference',
    deepLinking: true,
    // Its badge is an image from another server.
    validatorUrl: null,
  });
};
document.head.append(script);
