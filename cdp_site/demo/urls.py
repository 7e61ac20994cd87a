"""The addresses of the demo shop. They look like those of the seed's visits."""

from django.urls import path

from cdp_site.demo import views

app_name = "demo"
urlpatterns = [
    path("", views.home, name="home"),
    path("cart/", views.cart, name="cart"),
    path("cart/change/", views.change_cart, name="change-cart"),
    path("checkout/", views.checkout, name="checkout"),
    path("thanks/", views.thanks, name="thanks"),
    path("<slug:category>/", views.category, name="category"),
    path("<slug:category>/<slug:product>/", views.product, name="product"),
]
