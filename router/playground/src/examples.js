// The tabs of a first visit: a purchase from registration to order history. Each is a pair of
// files in examples/, the operation and its variables.
import registerQuery from "../examples/01-register.graphql";
import registerVariables from "../examples/01-register.json";
import logInQuery from "../examples/02-log-in.graphql";
import logInVariables from "../examples/02-log-in.json";
import searchProductsQuery from "../examples/03-search-products.graphql";
import searchProductsVariables from "../examples/03-search-products.json";
import addToCartQuery from "../examples/04-add-to-cart.graphql";
import addToCartVariables from "../examples/04-add-to-cart.json";
import setAddressQuery from "../examples/05-set-address.graphql";
import setAddressVariables from "../examples/05-set-address.json";
import placeOrderQuery from "../examples/06-place-order.graphql";
import placeOrderVariables from "../examples/06-place-order.json";
import watchOrderQuery from "../examples/07-watch-order.graphql";
import watchOrderVariables from "../examples/07-watch-order.json";
import createPaymentQuery from "../examples/08-create-payment.graphql";
import createPaymentVariables from "../examples/08-create-payment.json";
import confirmPaymentQuery from "../examples/09-confirm-payment.graphql";
import confirmPaymentVariables from "../examples/09-confirm-payment.json";
import orderHistoryQuery from "../examples/10-order-history.graphql";
import orderHistoryVariables from "../examples/10-order-history.json";

export const examples = [
  { query: registerQuery, variables: registerVariables },
  { query: logInQuery, variables: logInVariables },
  { query: searchProductsQuery, variables: searchProductsVariables },
  { query: addToCartQuery, variables: addToCartVariables },
  { query: setAddressQuery, variables: setAddressVariables },
  { query: placeOrderQuery, variables: placeOrderVariables },
  { query: watchOrderQuery, variables: watchOrderVariables },
  { query: createPaymentQuery, variables: createPaymentVariables },
  { query: confirmPaymentQuery, variables: confirmPaymentVariables },
  { query: orderHistoryQuery, variables: orderHistoryVariables },
];

/** What a tab opened with the plus sign holds. */
export const newTab = `# Ctrl+Space completes, Ctrl+Enter runs, and the book at the left explains the schema.
`;
