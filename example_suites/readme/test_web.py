from pytest_kworkload import assert_rolling_update


def test_update_keeps_capacity(kworkload):
    web = kworkload.apply("web.yaml").wait_ready().deployment("web")
    with assert_rolling_update(web, min_available=3):
        web.restart()
