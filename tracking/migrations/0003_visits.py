import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('profiles', '0005_context_of_events'),
        ('tracking', '0002_replay_as_sent'),
    ]

    operations = [
        migrations.CreateModel(
            name='Context',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('user_agent', models.TextField(blank=True)),
                ('consent', models.TextField(blank=True)),
                ('origin', models.TextField()),
                ('medium', models.TextField(blank=True)),
                ('campaign', models.TextField(blank=True)),
                ('term', models.TextField(blank=True)),
                ('content', models.TextField(blank=True)),
                ('click_id', models.TextField(blank=True)),
                ('referrer', models.TextField(blank=True)),
                ('arrival', models.BigIntegerField(default=0)),
            ],
            options={
                'verbose_name': 'context of events',
                'verbose_name_plural': 'contexts of events',
            },
        ),
        migrations.CreateModel(
            name='Purchase',
            fields=[
                ('pk', models.CompositePrimaryKey('profile_id', 'at', 'message_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('profile_id', models.BigIntegerField()),
                ('at', models.DateTimeField()),
                ('message_id', models.UUIDField()),
                ('order', models.BooleanField()),
                ('value', models.BigIntegerField()),
            ],
            options={
                'verbose_name': 'purchase',
                'verbose_name_plural': 'purchases',
            },
        ),
        migrations.CreateModel(
            name='Visit',
            fields=[
                ('pk', models.CompositePrimaryKey('profile_id', 'started_at', 'event_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('profile_id', models.BigIntegerField()),
                ('started_at', models.DateTimeField(verbose_name='started')),
                ('event_id', models.UUIDField()),
                ('bot', models.BooleanField(default=False, verbose_name='bot')),
                ('number', models.IntegerField(default=0, verbose_name='number')),
                ('ended_at', models.DateTimeField(verbose_name='last activity')),
                ('why', models.CharField(choices=[('first', 'first visit'), ('inactivity', 'after 30 minutes without activity'), ('midnight', 'a new day'), ('campaign', 'a new campaign')], max_length=10, verbose_name='why it started')),
                ('pages', models.IntegerField(default=0, verbose_name='pages')),
                ('events', models.IntegerField(default=0, verbose_name='events')),
                ('landing_page', models.TextField(blank=True, verbose_name='landing page')),
                ('exit_page', models.TextField(blank=True, verbose_name='exit page')),
                ('referrer', models.TextField(blank=True, verbose_name='referrer')),
                ('origin', models.TextField(verbose_name='source')),
                ('medium', models.TextField(blank=True, verbose_name='medium')),
                ('campaign', models.TextField(blank=True, verbose_name='campaign')),
                ('term', models.TextField(blank=True, verbose_name='term')),
                ('content', models.TextField(blank=True, verbose_name='content')),
                ('click_id', models.TextField(blank=True, verbose_name='click id')),
                ('arrival', models.BigIntegerField(default=0, editable=False)),
                ('channel', models.TextField(verbose_name='channel')),
                ('device', models.TextField(blank=True, verbose_name='device')),
                ('browser', models.TextField(blank=True, verbose_name='browser')),
                ('os', models.TextField(blank=True, verbose_name='operating system')),
                ('consent', models.JSONField(null=True, verbose_name='consent')),
                ('value', models.BigIntegerField(default=0, verbose_name='order value')),
                ('converted', models.BooleanField(default=False, verbose_name='with an order')),
                ('source', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, to='profiles.source')),
            ],
            options={
                'verbose_name': 'visit',
                'verbose_name_plural': 'visits',
                'indexes': [models.Index(fields=['started_at'], name='visit_started')],
            },
        ),
        # A visit grows while it lasts: room for that inside the page.
        migrations.RunSQL("ALTER TABLE tracking_visit SET (fillfactor = 70)", migrations.RunSQL.noop),
    ]
